import type { UsersDevicesRevokeInput } from '@antiphon/client'
import { useCallback, useState } from 'react'
import { collect, useLoaded } from '../loaded.ts'
import { useSession } from '../session.tsx'
import { errorText, texts } from '../texts.ts'
import { moment } from '../time.ts'
import { Act, Problem } from './act.tsx'
import { Notice } from './notice.tsx'

/** Where you are signed in. */
export function Devices() {
  const { client } = useSession()
  const load = useCallback(() => collect(client.users.devices.list.all()), [client])
  const { data: devices, problem, reload } = useLoaded(load)
  const [refusal, setRefusal] = useState<string>()
  const revoke = async (which: UsersDevicesRevokeInput) => {
    const done = await client.users.devices.revoke.safe(which)
    setRefusal(done.ok ? undefined : errorText(done.error))
    reload()
  }
  if (devices === undefined) return <Notice problem={problem} onRetry={reload} />
  return (
    <>
      <Problem text={refusal ?? problem} />
      <ul>
        {devices.map(({ id, name, address, lastSeenAt, current }) => (
          <li key={id} className="person">
            <span className="names">
              {name} <small>{[address, texts.lastSeen(moment(lastSeenAt))].filter(Boolean).join(' · ')}</small>
            </span>
            {current ? (
              <small>{texts.thisDevice}</small>
            ) : (
              <Act name={texts.signOut} of={name} onClick={() => revoke({ deviceId: id })} />
            )}
          </li>
        ))}
      </ul>
      {devices.length > 1 && (
        <button type="button" onClick={() => revoke({ others: true })}>
          {texts.signOutOthers}
        </button>
      )}
    </>
  )
}
