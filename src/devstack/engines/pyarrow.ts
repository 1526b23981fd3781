import { withProgress } from '../log.js';
import { PLATFORM } from './archive.js';
import { provide, type Engine, type Provided, type ProvideOptions } from './provide.js';
import { installPython } from './python.js';

const PYARROW_VERSION = '22.0.0';

/** A Python that has pyarrow: the tests read the lake with it, as the documentation shows. */
const pyarrow: Engine<'python'> = {
  name: 'pyarrow',
  onPath: [],
  sources: [
    {
      kind: 'python',
      label: 'the Python package index',
      key: `pyarrow-${PYARROW_VERSION}-${PLATFORM}`,
      program: 'bin/python',
      versionArgs: ['-c', 'import pyarrow; print("pyarrow", pyarrow.__version__)'],
      install: (dir, log, logFile) =>
        withProgress(log, `pyarrow: installing ${PYARROW_VERSION}`, (note) =>
          installPython(dir, [`pyarrow==${PYARROW_VERSION}`], { logFile, note }),
        ),
    },
  ],
  advice: 'Set TEST_PYARROW_PYTHON to a Python that has pyarrow, or install Python 3.10 or newer with venv.',
};

export function providePyarrow(options: ProvideOptions): Promise<Provided> {
  return provide(pyarrow, options);
}
