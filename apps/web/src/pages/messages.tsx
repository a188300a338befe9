import type { Room } from '@antiphon/client'
import { NewConversation } from '../components/newConversation.tsx'
import { RoomList } from '../components/roomList.tsx'
import { links, useRoute } from '../route.ts'
import { texts } from '../texts.ts'
import { Conversation } from './conversation.tsx'
import { Friends } from './friends.tsx'
import { Info } from './info.tsx'
import { MeetingPage } from './meeting.tsx'
import { RoomPage } from './meetings/room.tsx'
import { Meetings } from './meetings.tsx'
import { OpenRooms } from './openRooms.tsx'
import { Profile } from './profile.tsx'
import { RecordingPage } from './recording.tsx'
import { Recordings } from './recordings.tsx'
import { PeriodPage } from './royalties/period.tsx'
import { Royalties } from './royalties.tsx'
import { Search } from './search.tsx'
import { Sessions } from './sessions.tsx'

/** The list beside what is open; on narrow screens one or the other. */
export function Messages() {
  const route = useRoute()
  const open = ({ id }: Room) => location.replace(links.room(id))
  return (
    <div className="messages" data-open={route.page !== 'home'}>
      <RoomList openId={'roomId' in route ? route.roomId : undefined} />
      <main>
        {route.page === 'home' && <p className="notice">{texts.choose}</p>}
        {route.page === 'new' && <NewConversation onMade={open} />}
        {route.page === 'open' && <OpenRooms onOpen={open} />}
        {route.page === 'search' && <Search />}
        {route.page === 'friends' && <Friends onOpen={open} />}
        {route.page === 'profile' && <Profile />}
        {route.page === 'meetings' && <Meetings />}
        {route.page === 'meeting' && <MeetingPage key={route.meetingId} meetingId={route.meetingId} />}
        {route.page === 'meetingRoom' && <RoomPage key={route.meetingId} meetingId={route.meetingId} />}
        {route.page === 'recordings' && <Recordings />}
        {route.page === 'recording' && <RecordingPage key={route.recordingId} recordingId={route.recordingId} />}
        {route.page === 'sessions' && <Sessions />}
        {route.page === 'royalties' && <Royalties />}
        {route.page === 'period' && <PeriodPage key={route.period} period={route.period} />}
        {route.page === 'room' && <Conversation key={route.roomId} roomId={route.roomId} seq={route.seq} />}
        {route.page === 'info' && <Info key={route.roomId} roomId={route.roomId} />}
      </main>
    </div>
  )
}
