# #region problem
curl -sS http://localhost:3000/api/v1/users.signUp -H 'content-type: application/json' \
  -d '{"userName":"x","email":"not an address","password":"long enough"}'; echo
# #endregion problem
