import type { UsersDevicesRevokeInput } from '@antiphon/client'
import { useCallback } from 'react'
import { useList } from '../loaded.ts'
import { useRun } from '../run.ts'
import { useSession } from '../session.tsx'
import { texts } from '../texts.ts'
import { moment } from '../time.ts'
import { Act, Problem } from './act.tsx'
import { Entry, Listed } from './listed.tsx'

/** Where you are signed in. */
export function Devices() {
  const { client } = useSession()
  const list = useList(useCallback(() => client.users.devices.list.all(), [client]))
  const { run, problem } = useRun(list.reload)
  const revoke = (which: UsersDevicesRevokeInput) => run(({ users }) => users.devices.revoke.safe(which))
  return (
    <>
      <Problem text={problem} />
      <Listed list={list} empty="">
        {({ id, name, address, lastSeenAt, current }) => (
          <Entry
            key={id}
            name={name}
            detail={[address, texts.lastSeen(moment(lastSeenAt))].filter(Boolean).join(' · ')}
          >
            {current ? (
              <small>{texts.thisDevice}</small>
            ) : (
              <Act name={texts.signOut} of={name} onClick={() => revoke({ deviceId: id })} />
            )}
          </Entry>
        )}
      </Listed>
      {list.data && list.data.length > 1 && (
        <button type="button" onClick={() => revoke({ others: true })}>
          {texts.signOutOthers}
        </button>
      )}
    </>
  )
}
