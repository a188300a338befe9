URL=http://localhost:3000
TOKEN=$(curl -sS $URL/api/v1/users.signIn -H 'content-type: application/json' \
  -d '{"identifier":"ann","password":"antiphon-demo"}' | sed -E 's/.*"token":"([^"]+)".*/\1/')
# #region export
curl -sS -H "authorization: Bearer $TOKEN" $URL/api/v1/users.export
# #endregion export
