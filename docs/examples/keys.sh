# #region keys
KEY=$(antiphon keys create --name lessons --scopes users:read,messages:read,act-as --days 365)

API=http://localhost:3000/api/v1
BOB=$(curl -sS "$API/users.get?userName=bob" -H "authorization: Bearer $KEY" | sed -E 's/.*"id":"([^"]+)".*/\1/')
curl -sS "$API/messages.rooms.list?limit=1" -H "authorization: Bearer $KEY" -H "antiphon-as: $BOB"; echo
# #endregion keys
