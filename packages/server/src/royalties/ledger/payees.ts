import { labelId } from '../../ids.ts'
import { unassigned, unheard } from '../models/model.ts'
import type { Entry } from './post.ts'

/** Whether a payee stands for money that nobody is paid. */
export const isSuspended = (payee: string): payee is typeof unassigned | typeof unheard =>
  payee === unassigned || payee === unheard

/** An entry of what is owed to a payee, or suspended. */
export function entryOf(payee: string, amountMinor: bigint): Entry {
  return isSuspended(payee)
    ? { kind: 'suspense', labelId: null, amountMinor }
    : { kind: 'payable', labelId: labelId.parse(payee), amountMinor }
}
