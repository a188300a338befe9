# #region cookies
URL=http://localhost:3000
JAR=$(mktemp)
call() { curl -sS -b "$JAR" -c "$JAR" "$@"; echo; }

call $URL/api/v1/users.signIn -H "origin: $URL" -H 'antiphon-session: cookie' \
  -H 'content-type: application/json' -d '{"identifier":"ann","password":"antiphon-demo"}' # "token":"", it is in the cookie
call $URL/api/v1/users.me
call $URL/api/v1/users.me -H 'origin: https://elsewhere.example' # ORIGIN_REFUSED
call $URL/api/v1/users.signOut -H "origin: $URL" -X POST # takes the cookie back
# #endregion cookies
call $URL/api/v1/users.me
rm "$JAR"
