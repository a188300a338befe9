import { countByCode, countOpen, findProblems, listProblems } from '../../src/royalties/imports/problems/store.ts'
import { findByDigest, findImport, listImports, strandedImports } from '../../src/royalties/imports/store.ts'
import { importId, openAccounts } from './accounts.ts'
import { testPlans } from './house.ts'

const { plansOf } = await openAccounts()
const before = { createdAt: new Date(), id: importId }

testPlans(plansOf, [
  ['an import', (db) => findImport(db, importId), /imports_pkey/],
  ['imports, the newest first', (db) => listImports(db, { before: undefined, limit: 51 }), /imports_created/],
  ['those before one', (db) => listImports(db, { before, limit: 51 }), /imports_created/],
  ['those of a kind', (db) => listImports(db, { kind: 'streams', before: undefined, limit: 51 }), /imports_created/],
  ['an import by its bytes', (db) => findByDigest(db, Buffer.from('x')), /imports_digest/],
  ['those that nobody is at', (db) => strandedImports(db), /imports_unfinished/],
  [
    'rows in quarantine',
    (db) => listProblems(db, { importId, open: true, after: 7, limit: 51 }),
    /import_problems_(open|pkey)/,
  ],
  ['rows by their lines', (db) => findProblems(db, importId, { lines: [1, 2] }), /import_problems_(open|pkey)/],
  [
    'rows by their code',
    (db) => findProblems(db, importId, { code: 'ID_MISSING', limit: 1_000 }),
    /import_problems_(open|pkey)/,
  ],
  ['how many are left', (db) => countOpen(db, importId, 'ID_MISSING'), /import_problems_(open|pkey)/],
  ['how many by their codes', (db) => countByCode(db, importId), /import_problems_(open|pkey)/],
])
