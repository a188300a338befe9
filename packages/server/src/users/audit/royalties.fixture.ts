import type { Person } from '../../../test/server.ts'
import { catalogueOf } from '../../royalties/royalties.fixture.ts'

type Deed = (person: Person) => Promise<{ by: string | null; target: string | null; details?: object }>

/** What somebody who keeps the accounts does with the catalogue and its terms. */
export function deedsInCatalogue({ client, user }: Person): Record<string, Deed> {
  const by = user.id
  const { royalties } = client
  const make = catalogueOf(client)
  return {
    'royalties.labels.create': async () => ({ by, target: (await make.label()).id }),
    'royalties.labels.update': async () => {
      const { id } = await make.label()
      await royalties.labels.update({ labelId: id, kind: 'holder' })
      return { by, target: id }
    },
    'royalties.labels.remove': async () => {
      const { id } = await make.label()
      await royalties.labels.remove({ labelId: id })
      return { by, target: id }
    },
    'royalties.labels.addMember': async (person) => {
      const { id } = await make.label()
      await royalties.labels.addMember({ labelId: id, userId: person.user.id })
      return { by, target: id, details: { userId: person.user.id } }
    },
    'royalties.labels.removeMember': async (person) => {
      const { id } = await make.label()
      await royalties.labels.addMember({ labelId: id, userId: person.user.id })
      await royalties.labels.removeMember({ labelId: id, userId: person.user.id })
      return { by, target: id, details: { userId: person.user.id } }
    },
    'royalties.tracks.create': async () => ({ by, target: (await make.track()).id }),
    'royalties.tracks.update': async () => {
      const { id } = await make.track()
      await royalties.tracks.update({ trackId: id, title: 'New' })
      return { by, target: id }
    },
    'royalties.tracks.remove': async () => {
      const { id } = await make.track()
      await royalties.tracks.remove({ trackId: id })
      return { by, target: id }
    },
    'royalties.rights.set': async () => {
      const [{ id }, label] = [await make.track(), await make.label()]
      await royalties.rights.set({ trackId: id, from: '2026-10', shares: [{ labelId: label.id, sharePpm: 1 }] })
      return { by, target: id, details: { from: '2026-10' } }
    },
    'royalties.listeners.create': async () => ({ by, target: (await make.listener()).id }),
    'royalties.listeners.update': async (person) => {
      const { id } = await make.listener()
      await royalties.listeners.update({ listenerId: id, userId: person.user.id })
      return { by, target: id, details: { fields: 'userId' } }
    },
    'royalties.origins.set': async () => {
      await royalties.origins.set({ name: 'carrier', from: '2026-10', countsPpm: 5 })
      return { by, target: 'carrier', details: { from: '2026-10', countsPpm: '5' } }
    },
    'royalties.policies.set': async () => {
      const { version } = await royalties.policies.set({ from: '2026-10', minimumSeconds: 5 })
      return { by, target: '2026-10', details: { from: '2026-10', version: String(version) } }
    },
  }
}
