-- Windows of time, what is recent in all rooms, and what is past its retention.
create index messages_sent on messages (room_id, sent_at, seq);
