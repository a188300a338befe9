import { afterEach, expect, test, vi } from 'vitest'
import { takeRoute } from './route.ts'

const replaceState = vi.fn()

function at(hash: string, pathname = '/') {
  vi.stubGlobal('location', { hash, pathname })
  vi.stubGlobal('history', { replaceState })
  return takeRoute()
}

afterEach(() => {
  vi.unstubAllGlobals()
  replaceState.mockClear()
})

test('reads the address, and whatever is no page leads home', () => {
  expect(at('#/rooms/rom_01abc')).toEqual({ page: 'room', roomId: 'rom_01abc' })
  expect(at('#/rooms/rom_01abc/12')).toEqual({ page: 'room', roomId: 'rom_01abc', seq: 12 })
  expect(at('#/rooms/rom_01abc/info')).toEqual({ page: 'info', roomId: 'rom_01abc' })
  expect(at('#/meetings/mtg_1')).toEqual({ page: 'meeting', meetingId: 'mtg_1' })
  expect(at('#/meetings/mtg_1/room')).toEqual({ page: 'meetingRoom', meetingId: 'mtg_1' })
  expect(at('#/recordings/')).toEqual({ page: 'recordings' })
  expect(at('#/profile')).toEqual({ page: 'profile' })
  const nowhere = [
    '',
    '#',
    '#/',
    '#/rooms/',
    '#/rooms/usr_1',
    '#/rooms/rom_1/0',
    '#/friends/x',
    '#/meetings/rec_1',
    '#/reset',
    '#/reset/',
    '#nonsense',
  ]
  for (const hash of nowhere) expect([hash, at(hash)]).toEqual([hash, { page: 'home' }])
  expect(replaceState).not.toHaveBeenCalled()
})

test('the token of a link leaves the address at once', () => {
  expect(at('#/reset/mtk_01abc.Sec-ret_')).toEqual({ page: 'reset', token: 'mtk_01abc.Sec-ret_' })
  expect(replaceState).toHaveBeenCalledExactlyOnceWith(null, '', '#/reset')
})

test('pages are found by their path too; the secret of a link stays where no request carries it', () => {
  expect(at('', '/meetings/mtg_1')).toEqual({ page: 'meeting', meetingId: 'mtg_1' })
  expect(replaceState).toHaveBeenCalledExactlyOnceWith(null, '', '/#/meetings/mtg_1')
  expect(at('#lnk_1.Sec-ret', '/watch')).toEqual({ page: 'watch', link: 'lnk_1.Sec-ret' })
  expect(replaceState).toHaveBeenCalledOnce()
})
