/**
 * Packs the published packages, checks what is in them, installs them into an empty project and uses them there:
 * types under three versions of TypeScript, in Node, and bundled for the browser. Budgets are held here.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build, capture, install, pnpm, root } from './workspace.mjs'

/**
 * At most; measured values are printed beside them. `bytes` is what every client carries, min+gzip: calls and streams, which
 * are `callBytes` of it, and the views on rooms and the files that come with `createClient`.
 */
const budgets = {
  ...{ instantiations: 100, trpcInstantiations: 10_000, installedPackages: 4 },
  ...{ bytes: 24_000, callBytes: 14_000 },
}

await install()
await build()
const place = mkdtempSync(join(tmpdir(), 'antiphon-packages-'))
const problems = []
const expect = (holds, what) => {
  console.log(`${holds ? 'ok    ' : 'FAILED'} ${what}`)
  if (!holds) problems.push(what)
}

try {
  const tarballs = await packAll(['client', 'codegen', 'server'])
  await checkContents(tarballs)
  const project = await installClient(tarballs.client)
  await checkTypes(project)
  await checkRun(project)
  await checkTrpcEntry(project)
  await checkBundles(project)
} finally {
  rmSync(place, { recursive: true })
}
process.exit(problems.length === 0 ? 0 : 1)

async function packAll(names) {
  const tarballs = {}
  for (const name of names) {
    const out = join(place, `${name}.tgz`)
    const { code, output } = await capture('npx', ['--yes', pnpm, 'pack', '--out', out], {
      cwd: join(root, 'packages', name),
    })
    if (code !== 0) throw new Error(output)
    tarballs[name] = out
  }
  return tarballs
}

async function checkContents(tarballs) {
  for (const [name, tarball] of Object.entries(tarballs)) {
    const lint = await capture('publint', ['--strict', tarball])
    expect(lint.code === 0, `publint --strict: ${name}${lint.code === 0 ? '' : `\n${lint.output}`}`)
    const types = await capture('attw', [tarball, '--profile', 'esm-only', '--no-color', '--format', 'ascii'])
    expect(types.code === 0, `are the types wrong: ${name}${types.code === 0 ? '' : `\n${types.output}`}`)
    const { output } = await capture('tar', ['-tzf', tarball])
    const stray = output
      .split('\n')
      .filter((path) => /\.test\.|\.fixture\.|tsbuildinfo|node_modules|\/src\//.test(path))
    expect(stray.length === 0, `nothing stray in ${name}${stray.length === 0 ? '' : `: ${stray.join(', ')}`}`)
    expect(/package\/README\.md/.test(output) && /package\/LICENSE/.test(output), `README and LICENSE in ${name}`)
  }
}

async function installClient(tarball) {
  const project = join(place, 'project')
  mkdirSync(project)
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'project', private: true, type: 'module' }))
  const { code, output } = await capture('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', tarball], {
    cwd: project,
  })
  if (code !== 0) throw new Error(output)
  const modules = join(project, 'node_modules')
  const installed = readdirSync(modules, { recursive: true }).filter(
    (path) => /(^|\/)package\.json$/.test(path) && !/\/(dist|src|esm|cjs)\//.test(path),
  )
  const names = new Set(
    installed.map((path) => JSON.parse(readFileSync(join(modules, path), 'utf8')).name).filter(Boolean),
  )
  expect(names.size <= budgets.installedPackages, `installed packages: ${names.size} (${[...names].join(', ')})`)
  const declarations = readdirSync(join(modules, '@antiphon', 'client', 'dist'), { recursive: true }).filter((path) =>
    path.endsWith('.d.ts'),
  )
  const leaks = declarations.filter((path) => {
    const text = readFileSync(join(modules, '@antiphon', 'client', 'dist', path), 'utf8')
    return (
      /kysely|password_hash|from ['"]pg['"]|from ['"]zod/.test(text) ||
      (/@trpc/.test(text) && !/trpc\.d\.ts$/.test(path))
    )
  })
  expect(
    leaks.length === 0,
    `no name of the server in the declarations${leaks.length === 0 ? '' : `: ${leaks.join(', ')}`}`,
  )
  return project
}

/** Thirty calls: awaited, safe, and over all pages. */
function consumer() {
  const calls = []
  for (let at = 0; at < 10; at++) {
    calls.push(`const a${at} = await client.users.get({ userName: 'ann' }); use(a${at}.createdAt.getTime())`)
    calls.push(
      `const b${at} = await client.messages.send.safe({ roomId, body: 'x' }); if (!b${at}.ok && b${at}.error.code === 'BODY_EMPTY') use(0); else if (b${at}.ok) use(b${at}.data.seq)`,
    )
    calls.push(`for await (const c of client.messages.list.all({ roomId })) use(c.seq)`)
  }
  const head =
    "import { createClient, type RoomId } from '@antiphon/client'\ndeclare const roomId: RoomId\ndeclare function use(value: number): void\nconst client = createClient({ url: 'http://localhost' })\n"
  return { head, text: `${head}${calls.join('\n')}\n` }
}

async function checkTypes(project) {
  const { head, text } = consumer()
  const wrong = `${head}const user = await client.users.me()\nawait client.messages.list({ roomId: user.id })\n`
  const options = {
    strict: true,
    target: 'es2022',
    lib: ['es2022', 'dom', 'dom.iterable', 'dom.asynciterable'],
    types: [],
    noEmit: true,
    skipLibCheck: false,
  }
  for (const moduleResolution of ['nodenext', 'bundler']) {
    const module = moduleResolution === 'bundler' ? 'esnext' : 'nodenext'
    for (const [name, files] of Object.entries({ right: text, wrong, empty: head }))
      writeFileSync(join(project, `${name}.ts`), files)
    for (const version of ['typescript-5', 'typescript-6', 'typescript']) {
      const counts = {}
      for (const name of ['right', 'wrong', 'empty']) {
        const config = { compilerOptions: { ...options, module, moduleResolution }, files: [`${name}.ts`] }
        writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(config))
        const tsc = join(root, 'node_modules', version, 'bin', 'tsc')
        const single = version === 'typescript' ? ['--singleThreaded'] : []
        const result = await capture(
          process.execPath,
          [tsc, '-p', '.', '--extendedDiagnostics', '--pretty', 'false', ...single],
          { cwd: project },
        )
        counts[name] = Number(/Instantiations:\s+(\d+)/.exec(result.output)?.[1])
        const fits = name === 'wrong' ? /wrong\.ts\(\d+,\d+\): error TS2322/.test(result.output) : result.code === 0
        if (!fits) expect(false, `${version} ${moduleResolution} ${name}\n${result.output.slice(0, 1_500)}`)
      }
      const cost = counts.right - counts.empty
      expect(
        cost <= budgets.instantiations,
        `${version}, ${moduleResolution}: 30 calls cost ${cost} instantiations (at most ${budgets.instantiations})`,
      )
    }
  }
}

/** The machine's own Node beside the workspace's, where it is another one. */
function nodes() {
  const others = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'))
  const own = others.map((folder) => join(folder, 'node')).find((file) => existsSync(file))
  return own === undefined ? [process.execPath] : [process.execPath, own]
}

async function checkRun(project) {
  const program = [
    "import { createClient, isAntiphonError } from '@antiphon/client'",
    "import { createMockClient } from '@antiphon/client/testing'",
    "const nowhere = await createClient({ url: 'http://127.0.0.1:9', maxRetries: 0 }).users.me.safe()",
    "const mock = await createMockClient({ users: { me: async () => ({ userName: 'ann' }) } }).users.me()",
    'console.log(process.versions.node, isAntiphonError(nowhere.error, "NETWORK"), mock.userName)',
  ]
  writeFileSync(join(project, 'run.mjs'), program.join('\n'))
  for (const node of nodes()) {
    const { output } = await capture(node, ['run.mjs'], { cwd: project })
    expect(/^[\d.]+ true ann\n$/.test(output), `runs in Node: ${output.trim()}`)
  }
}

async function checkTrpcEntry(project) {
  const trpc = join(root, 'packages', 'codegen', 'node_modules', '@trpc')
  symlinkSync(trpc, join(project, 'node_modules', '@trpc'))
  const head =
    "import { createTRPCClient } from '@trpc/client'\nimport type { AppRouter } from '@antiphon/client/trpc'\ndeclare const client: ReturnType<typeof createTRPCClient<AppRouter>>\n"
  const calls = Array.from(
    { length: 15 },
    (_, at) =>
      `const a${at} = await client.users.me.query(); a${at}.createdAt.getTime()\nconst b${at} = await client.users.list.query({ limit: 5 }); b${at}.items.length.toFixed()`,
  )
  writeFileSync(join(project, 'trpc.ts'), `${head}${calls.join('\n')}\n`)
  const compilerOptions = {
    strict: true,
    target: 'es2022',
    lib: ['es2024', 'dom', 'dom.iterable', 'dom.asynciterable', 'esnext.disposable'],
    types: [],
    noEmit: true,
    skipLibCheck: true,
    module: 'nodenext',
  }
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['trpc.ts'] }))
  const tsc = join(root, 'node_modules', 'typescript-5', 'bin', 'tsc')
  const { code, output } = await capture(process.execPath, [tsc, '-p', '.', '--extendedDiagnostics'], { cwd: project })
  const count = Number(/Instantiations:\s+(\d+)/.exec(output)?.[1])
  expect(
    code === 0 && count <= budgets.trpcInstantiations,
    `30 calls through /trpc: ${count} instantiations (at most ${budgets.trpcInstantiations})${code === 0 ? '' : output.slice(0, 1_500)}`,
  )
}

async function checkBundles(project) {
  const text = (from) =>
    `import { createClient } from '${from}'\nglobalThis.client = createClient({ url: location.origin })\n`
  writeFileSync(join(project, 'bundle.mjs'), text('@antiphon/client'))
  writeFileSync(join(project, 'calls.mjs'), text(join(root, 'packages', 'client', 'src', 'generated', 'index.ts')))
  writeFileSync(join(project, 'index.html'), '<script type="module" src="/bundle.mjs"></script>')
  await checkSize(project, 'bundle.mjs', 'the client', budgets.bytes)
  await checkSize(project, 'calls.mjs', 'of that, calls and streams', budgets.callBytes)
  const vite = await capture(
    join(root, 'apps', 'web', 'node_modules', '.bin', 'vite'),
    ['build', '--logLevel', 'warn'],
    { cwd: project },
  )
  expect(
    vite.code === 0 && existsSync(join(project, 'dist', 'index.html')),
    `bundled by Vite${vite.code === 0 ? '' : vite.output}`,
  )
}

async function checkSize(project, entry, what, budget) {
  const out = join(project, `${entry}.out.js`)
  const options = ['--bundle', '--minify', '--format=esm', '--platform=browser', '--target=es2022']
  const { code, output } = await capture('esbuild', [entry, ...options, `--outfile=${out}`], { cwd: project })
  const bytes = existsSync(out) ? gzipSync(readFileSync(out), { level: 9 }).length : 0
  expect(
    code === 0 && bytes <= budget,
    `${what}, bundled by esbuild: ${bytes} bytes min+gzip (at most ${budget})${code === 0 ? '' : output}`,
  )
}
