URL=http://localhost:3000
TOKEN=$(curl -sS $URL/api/v1/users.signIn -H 'content-type: application/json' \
  -d '{"identifier":"ann","password":"antiphon-demo"}' | sed -E 's/.*"token":"([^"]+)".*/\1/')
# #region messages
API=$URL/api/v1
auth=(-H "authorization: Bearer $TOKEN" -H 'content-type: application/json')

curl -sS "$API/messages.send" "${auth[@]}" -d '{"recipientUserName":"bob","body":"By curl","clientId":"curl-1"}'; echo
curl -sS "$API/messages.recent?limit=2" "${auth[@]}"; echo
curl -sS "$API/messages.search?query=tenor%20par" "${auth[@]}"; echo
curl -sS "$API/messages.unread" "${auth[@]}"; echo
# #endregion messages
# #region stream
curl -sSN --max-time 2 "$URL/trpc/events.subscribe?input=%7B%22json%22%3A%7B%7D%7D" "${auth[@]}" || true # cut after two seconds
# #endregion stream
