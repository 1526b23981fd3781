// What the hook knows of package-lock.json (version 3); pure.

/** The fields of package.json that the lock repeats in its entry for the root. */
const LOCKED = [
  'name',
  'version',
  'license',
  'bin',
  'engines',
  'os',
  'cpu',
  'dependencies',
  'devDependencies',
  'optionalDependencies',
  'peerDependencies',
  'peerDependenciesMeta',
  'workspaces',
  'bundleDependencies',
];
/** What npm acts on without writing it to the root's entry: whether it was heeded cannot be told from the lock. */
const ACTED_ON = ['overrides', 'workspaces'];

/** Whether a lock says of the root what package.json says, so that npm would have nothing to do. */
export function sameLockedFields(packageJson, lock) {
  const root = lock.packages?.[''] ?? {};
  return (
    ACTED_ON.every((field) => packageJson[field] === undefined) &&
    LOCKED.every((field) => canonical(packageJson[field]) === canonical(root[field]))
  );
}

/**
 * Optional packages that a package of the lock names and the lock lacks: those of other platforms, where a registry
 * did not have them. `npm ci` fails there with "Missing: … from lock file".
 */
export function missingOptionalPackages(lock) {
  const { packages = {} } = lock;
  return Object.entries(packages).flatMap(([path, entry]) =>
    Object.keys(entry.optionalDependencies ?? {})
      .filter((name) => !isReachable(packages, path, name))
      .map((name) => `${name} (of ${path === '' ? 'package.json' : path})`),
  );
}

/** As Node looks modules up: beside the package, then one node_modules after the other upwards. */
function isReachable(packages, path, name) {
  for (let at = path; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    if (packages[`${at === '' ? '' : `${at}/`}node_modules/${name}`]) return true;
    if (at === '') return false;
  }
}

function canonical(value) {
  if (value === undefined) return undefined;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return JSON.stringify(value.map(canonical));
  const keys = Object.keys(value).sort();
  return keys.length === 0 ? undefined : JSON.stringify(keys.map((key) => [key, canonical(value[key])]));
}
