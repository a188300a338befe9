# #region exchange
API=http://localhost:3000/api/v1
call() { curl -sS "$API/$1" -H 'content-type: application/json' -H "authorization: Bearer $TOKEN" -d "$2"; echo; }
field() { sed -E "s/.*\"$1\":\"([^\"]+)\".*/\1/"; }

TOKEN=$(curl -sS $API/users.signIn -H 'content-type: application/json' \
  -d '{"identifier":"ann","password":"antiphon-demo"}' | field token)
BOB=$(call users.get '{"userName":"bob"}' | field id)
ROOM=$(call messages.rooms.direct "{\"userId\":\"$BOB\"}" | field id)

call messages.send "{\"roomId\":\"$ROOM\",\"body\":\"Shall we?\",\"clientId\":\"first-try\"}"
call messages.send "{\"roomId\":\"$ROOM\",\"body\":\"Shall we?\",\"clientId\":\"first-try\"}"   # "duplicate":true
call messages.since "{\"roomId\":\"$ROOM\",\"after\":0}"
# #endregion exchange
