# Files beside the server, with the command.
cd "$(mktemp -d)"
now=$(date +%s)
printf 'track;title;label\nroll-%s;Piano Roll;Command Records\n' "$now" >tracks.csv
printf 'listener\nreader-%s\n' "$now" >listeners.csv

# #region command
antiphon import tracks tracks.csv
antiphon import listeners listeners.csv --period 2026-10 --currency EUR --delimiter ";"
antiphon import tracks tracks.csv # the same again has no effect
# #endregion command
