API=http://localhost:3000
user="files$(date +%s%N)"
account="{\"userName\":\"$user\",\"email\":\"$user@example.com\",\"password\":\"a long passphrase\"}"
post() { curl -s -H 'content-type: application/json' "${@:3}" -d "$2" "$API/api/v1/$1"; }
token=$(post users.signUp "$account" | sed 's/.*"token":"\([^"]*\)".*/\1/')

# #region curl
auth="Authorization: Bearer $token"
id=$(post uploads.begin '{"name":"notes.txt","type":"text/plain","sizeBytes":11}' -H "$auth" | grep -o 'upl_[0-9a-z]*' | head -1)
printf 'Hello there' | curl -s -T - -H "$auth" "$API/uploads/$id" # PUT: all at once
post uploads.complete "{\"uploadId\":\"$id\"}" -H "$auth"
curl -s -H "$auth" -r 6-10 "$API/media/$id"                       # there
# #endregion curl

# #region signed
begun=$(post uploads.begin '{"name":"notes.txt","type":"text/plain","sizeBytes":11}' -H "$auth")
signed=$(echo "$begun" | sed 's/.*"signedUrl":"\([^"]*\)".*/\1/')
printf 'Hello there' | curl -s -T - -o /dev/null -w '%{http_code}\n' "$API$signed" # 204, from whoever has the address
# #endregion signed
