import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { dirname } from "node:path";
import { ROOT } from "../workspace/packages.ts";

interface PackedManifest {
  readonly name: string;
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** A package that lies in a folder. */
interface LinkedPackage {
  readonly name: string;
  readonly folder: string;
}

/** A package as its tarball holds it, unpacked. */
export interface PackedPackage {
  readonly name: string;
  readonly tarball: string;
  /** Where it lies unpacked. */
  readonly folder: string;
  /** Names of what it depends on. */
  readonly dependencies: readonly string[];
  /** Names of what its user brings along. */
  readonly peers: readonly string[];
  /** Others' packages among its dependencies and peers: they are taken from this repository. */
  readonly others: readonly LinkedPackage[];
  /** What can be imported: its name, and its name with each sub-path. */
  readonly entries: readonly string[];
  readonly packedBytes: number;
  readonly unpackedBytes: number;
}

/**
 * Unpacks tarballs so that each package sees what it declares as its dependencies, and nothing else:
 * `store/<name>/node_modules/<name>`, with links to the declared ones beside it. That is stricter than npm, which also
 * lets a package see the dependencies of its dependencies.
 */
export function unpack(tarballs: readonly string[], store: string): PackedPackage[] {
  const packages = tarballs.map((tarball) => unpackOne(tarball, store));
  const known = new Map(packages.map((entry) => [entry.name, entry]));
  for (const { name, dependencies, others } of packages) {
    for (const other of others) link(other, `${store}/${name}`);
    for (const dependency of dependencies) {
      const target = known.get(dependency);
      // One that is not there is missed by whatever imports it.
      if (target !== undefined) link(target, `${store}/${name}`);
    }
  }
  return packages;
}

/** Makes a folder in which a program sees the package, its dependencies and its peers. */
export function installAlone(
  entry: PackedPackage,
  packages: readonly PackedPackage[],
  folder: string,
): void {
  mkdirSync(folder, { recursive: true });
  const seen = packages.filter(({ name }) => entry.dependencies.includes(name));
  for (const target of [entry, ...seen, ...entry.others]) link(target, folder);
}

/** The package and all that it needs. */
export function closure(
  entry: PackedPackage,
  packages: readonly PackedPackage[],
): ReadonlySet<PackedPackage> {
  const all = new Set([entry]);
  for (const { dependencies } of all) {
    for (const next of packages) if (dependencies.includes(next.name)) all.add(next);
  }
  return all;
}

function link({ name, folder }: LinkedPackage, into: string): void {
  const place = `${into}/node_modules/${name}`;
  mkdirSync(dirname(place), { recursive: true });
  symlinkSync(folder, place, "dir");
}

function unpackOne(tarball: string, store: string): PackedPackage {
  const manifest = JSON.parse(
    execFileSync("tar", ["-xzOf", tarball, "package/package.json"], { encoding: "utf8" }),
  ) as PackedManifest;
  const { name } = manifest;
  const folder = `${store}/${name}/node_modules/${name}`;
  mkdirSync(folder, { recursive: true });
  execFileSync("tar", ["-xzf", tarball, "-C", folder, "--strip-components=1"]);
  const dependencies = Object.keys(manifest.dependencies ?? {});
  const peers = Object.keys(manifest.peerDependencies ?? {});
  return {
    name,
    tarball,
    folder,
    dependencies,
    peers,
    others: othersOf(name, [...dependencies, ...peers]),
    entries: Object.keys(manifest.exports ?? {})
      .filter((path) => path !== "./package.json")
      .map((path) => name + path.slice(1)),
    packedBytes: statSync(tarball).size,
    unpackedBytes: bytesIn(folder),
  };
}

/** Those of the packages that the repository's package has from elsewhere. */
function othersOf(name: string, needed: readonly string[]): LinkedPackage[] {
  const scope = `${name.split("/")[0] ?? ""}/`;
  const modules = `${ROOT}packages/${name.slice(scope.length)}/node_modules`;
  return needed
    .filter((other) => !other.startsWith(scope) && existsSync(`${modules}/${other}`))
    .map((other) => ({ name: other, folder: realpathSync(`${modules}/${other}`) }));
}

function bytesIn(folder: string): number {
  const files = readdirSync(folder, { withFileTypes: true, recursive: true });
  return files
    .filter((file) => file.isFile())
    .reduce((sum, file) => sum + statSync(`${file.parentPath}/${file.name}`).size, 0);
}

/** The text of its README. */
export function readmeOf({ folder }: PackedPackage): string {
  return readFileSync(`${folder}/README.md`, "utf8");
}
