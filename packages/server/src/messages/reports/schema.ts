import { text } from '../../text.ts'
import { messageInput } from '../schema.ts'

export const reportInput = messageInput.extend({
  reason: text({ min: 1, max: 500, visible: true }).describe('What is wrong with it, 1 to 500 characters.'),
})
