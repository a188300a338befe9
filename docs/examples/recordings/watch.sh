# What somebody without an account does with a link, by curl.
API=http://localhost:3000
name=watch_$(date +%s%N)
token=$(curl -fsS "$API/api/v1/users.signUp" -H 'content-type: application/json' \
  -d "{\"userName\":\"$name\",\"email\":\"$name@example.com\",\"password\":\"a long passphrase\"}" | sed -E 's/.*"token":"([^"]+)".*/\1/')
call() { curl -fsS "$API/api/v1/$1" -H "authorization: Bearer $token" -H 'content-type: application/json' -d "$2"; }
recording=$(call meetings.recordings.create '{"title":"By curl"}' | sed -E 's/^\{"id":"([^"]+)".*/\1/')
call meetings.recordings.setVisibility "{\"recordingId\":\"$recording\",\"visibility\":\"link\"}" >/dev/null
link=$(call meetings.recordings.createLink "{\"recordingId\":\"$recording\",\"name\":\"For you\"}" | sed -E 's/.*"url":"([^"]+)".*/\1/')

# #region open
curl -sS "$API/api/v1/meetings.recordings.openLink" -H 'content-type: application/json' -d "{\"link\":\"$link\"}"
# #endregion open
