import { z } from 'zod'
import { Refusal } from '../refusal.ts'

const recurrence = z.strictObject({
  type: z.union([z.literal(1), z.literal(2), z.literal(3)]),
  repeat_interval: z.number().int().min(1).max(90).optional(),
  weekly_days: z
    .string()
    .regex(/^[1-7](,[1-7])*$/)
    .optional(),
  monthly_day: z.number().int().min(1).max(31).optional(),
  monthly_week: z.union([z.literal(-1), z.number().int().min(1).max(4)]).optional(),
  monthly_week_day: z.number().int().min(1).max(7).optional(),
  end_times: z.number().int().min(1).max(50).optional(),
  end_date_time: z
    .string()
    .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    .optional(),
})

const details = {
  topic: z.string().max(200),
  agenda: z.string().max(2_000),
  type: z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(8)]),
  start_time: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ?$/),
  timezone: z.string().max(50),
  duration: z
    .number()
    .int()
    .min(1)
    .max(1_440 * 30),
  password: z.string().regex(/^[A-Za-z0-9@\-_*!]{0,10}$/),
  recurrence,
  settings: z.strictObject({
    waiting_room: z.boolean().optional(),
    join_before_host: z.boolean().optional(),
    jbh_time: z.number().int().optional(),
    auto_recording: z.enum(['local', 'cloud', 'none']).optional(),
  }),
}

export const meetingBody = z.strictObject(details).partial()
export const statusBody = z.strictObject({ action: z.enum(['end', 'recover']) })

/** @throws Refusal 300, which names the fields, those that are not known too */
export function parseBody<Shape extends z.ZodType>(shape: Shape, body: unknown): z.output<Shape> {
  const parsed = shape.safeParse(body)
  if (parsed.success) return parsed.data
  const errors = parsed.error.issues.flatMap((issue) => {
    const keys = issue.code === 'unrecognized_keys' ? issue.keys : ['']
    return keys.map((key) => ({
      field: [...issue.path, key].filter((part) => part !== '').join('.'),
      message: 'Invalid field.',
    }))
  })
  throw new Refusal(400, 300, 'Validation Failed.', errors)
}
