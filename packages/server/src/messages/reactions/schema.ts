import { emoji, messageInput } from '../schema.ts'

export const reactInput = messageInput.extend({ emoji })
