interface Need {
  /** As apps have them now. */
  readonly scope: string
  /** As apps that were made before 2024 have them. */
  readonly classic: string
}

const needs: readonly Need[] = [
  { scope: 'user:read:user:admin', classic: 'user:read:admin' },
  { scope: 'user:read:list_users:admin', classic: 'user:read:admin' },
  { scope: 'meeting:read:meeting:admin', classic: 'meeting:read:admin' },
  { scope: 'meeting:read:list_meetings:admin', classic: 'meeting:read:admin' },
  { scope: 'meeting:read:list_past_instances:admin', classic: 'meeting:read:admin' },
  { scope: 'meeting:write:meeting:admin', classic: 'meeting:write:admin' },
  { scope: 'meeting:update:meeting:admin', classic: 'meeting:write:admin' },
  { scope: 'meeting:update:status:admin', classic: 'meeting:write:admin' },
  { scope: 'meeting:delete:meeting:admin', classic: 'meeting:write:admin' },
  { scope: 'cloud_recording:read:list_recording_files:admin', classic: 'recording:read:admin' },
  { scope: 'cloud_recording:delete:recording_file:admin', classic: 'recording:write:admin' },
]

/** For accounts with Dashboards; the others cannot have them. */
export const dashboardNeeds: readonly Need[] = [
  { scope: 'dashboard:read:list_meetings:admin', classic: 'dashboard_meetings:read:admin' },
  { scope: 'dashboard:read:list_meeting_participants:admin', classic: 'dashboard_meetings:read:admin' },
]

/** Every scope that the provider uses. */
export const usedScopes: readonly string[] = [...needs, ...dashboardNeeds].map(({ scope }) => scope)

/** What an app lacks of what it needs. */
export function lacking(granted: readonly string[], needed = needs): string[] {
  // What is granted for an account and those below it is granted for the account.
  const has = new Set(granted.map((scope) => scope.replace(/:master$/, ':admin')))
  return needed.filter(({ scope, classic }) => !has.has(scope) && !has.has(classic)).map(({ scope }) => scope)
}
