import { torture } from './torture.ts'

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1e9))
const seconds = Number(process.env.SECONDS ?? 300)
console.log(`SEED=${seed} SECONDS=${seconds}`)
const report = await torture({ seed, seconds, log: (line) => console.log(line) })
console.log(JSON.stringify(report, null, 2))
if (report.complaints.length > 0) process.exitCode = 1
