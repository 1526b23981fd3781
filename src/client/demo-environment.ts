/** Everything that could lead a demo to somebody's own systems. */
const FOREIGN = /^(NOCODB|MONGODB|S3|AWS|TEMPORAL|REPORT|SMTP)_/;

/** A copy of the environment without the variables that name sources, databases, buckets, servers and receivers. */
export function demoEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      value === undefined || FOREIGN.test(name) ? [] : [[name, value]],
    ),
  );
}

/**
 * Removes the same variables from the process's own environment: some libraries (the AWS SDK, for one) read it
 * themselves, whatever they are told.
 */
export function isolateProcess(env: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(env)) {
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete
    if (FOREIGN.test(name)) delete env[name];
  }
}
