#!/usr/bin/env bash
# Gets TensorFlow.js with its native library from npm and PyPI, where its own download cannot be had.
#
#   scripts/tfjs-native.sh [DIR]
#
# DIR (default: this project) is a directory with node_modules; the package is installed there if it is missing. The
# library is libtensorflow, which the wheels of TensorFlow on PyPI carry together with its C headers; the binding is
# compiled against it with node-gyp, so that a C++ compiler, make, python3 with pip, and Node's headers are needed.
#
#   TFJS_WHEEL    tensorflow-cpu (default, x86-64), or tensorflow for the CUDA build
#   TFJS_CACHE    where the library is kept; default ~/.cache/conversation-analytics/tensorflow
#   NODE_HEADERS  prefix of Node's headers (…/include/node); default: the prefix of the running node
set -euo pipefail

readonly TFJS_VERSION=4.22.0
readonly TENSORFLOW_VERSION=2.15.1
readonly PACKAGE=@tensorflow/tfjs-node-gpu

project=$(cd "${1:-$(dirname "$0")/..}" && pwd)
wheel=${TFJS_WHEEL:-tensorflow-cpu}
cache=${TFJS_CACHE:-$HOME/.cache/conversation-analytics/tensorflow}/$wheel-$TENSORFLOW_VERSION
headers=${NODE_HEADERS:-$(node -p 'require("path").dirname(require("path").dirname(process.execPath))')}

fail() { echo "tfjs-native: $*" >&2; exit 1; }

for tool in node npm python3 make c++; do
  command -v "$tool" >/dev/null || fail "$tool is needed and is not on PATH"
done
[ "$(uname -sm)" = 'Linux x86_64' ] || fail "the wheels fit Linux on x86-64, this is $(uname -sm)"
[ -f "$headers/include/node/node_api.h" ] || fail "no $headers/include/node/node_api.h; set NODE_HEADERS to the prefix of Node's headers"

# 1. The C library and its headers, once a cache.
if [ ! -f "$cache/complete" ]; then
  echo "tfjs-native: downloading $wheel $TENSORFLOW_VERSION to $cache"
  mkdir -p "$cache"
  download=$(mktemp -d "$cache/download.XXXXXX")
  trap 'rm -rf "$download"' EXIT
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --python-version 311 \
    --platform manylinux_2_17_x86_64 --platform manylinux2014_x86_64 \
    --dest "$download" "$wheel==$TENSORFLOW_VERSION"
  python3 - "$download" "$cache" <<'PY'
import pathlib, sys, zipfile
download, cache = map(pathlib.Path, sys.argv[1:])
wanted = ('tensorflow/libtensorflow', 'tensorflow/include/tensorflow/c/', 'tensorflow/include/tensorflow/core/platform/',
          'tensorflow/include/tensorflow/tsl/', 'tensorflow/include/tsl/')
for wheel in download.glob('*.whl'):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(cache, [name for name in archive.namelist() if name.startswith(wanted)])
PY
  touch "$cache/complete"
fi
[ -f "$cache/tensorflow/libtensorflow_cc.so.2" ] || fail "$cache has no libtensorflow_cc.so.2; remove it and try again"

# 2. The package, without its own download.
if [ ! -f "$project/node_modules/$PACKAGE/package.json" ]; then
  echo "tfjs-native: installing $PACKAGE $TFJS_VERSION in $project"
  (cd "$project" && npm install --no-save --no-audit --no-fund --ignore-scripts "$PACKAGE@$TFJS_VERSION")
fi

# 3. Where the package's build looks for the library, and the build.
cd "$project/node_modules/$PACKAGE"
mkdir -p deps/lib
ln -sfn "$cache/tensorflow/include" deps/include
for part in cc framework; do
  ln -sfn "$cache/tensorflow/libtensorflow_$part.so.2" "deps/lib/libtensorflow_$part.so.2"
done
ln -sfn libtensorflow_cc.so.2 deps/lib/libtensorflow.so
ln -sfn libtensorflow_framework.so.2 deps/lib/libtensorflow_framework.so
echo 'tfjs-native: compiling the binding'
log=$(mktemp)
if ! PATH="$project/node_modules/.bin:$PATH" node-pre-gyp install --build-from-source --nodedir="$headers" >"$log" 2>&1; then
  tail -n 30 "$log" >&2
  fail 'the binding could not be compiled (the lines above say why)'
fi
rm -f "$log"

# 4. Proof.
cd "$project"
TF_CPP_MIN_LOG_LEVEL=2 node -e "
const util = require('node:util');
util.isNullOrUndefined ??= (v) => v == null;
util.isArray ??= Array.isArray;
const tf = require('$PACKAGE');
const sum = tf.tidy(() => tf.matMul(tf.ones([1, 3]), tf.ones([3, 1])).dataSync()[0]);
if (sum !== 3) throw new Error('1+1+1 is ' + sum);
console.log('tfjs-native: ' + tf.getBackend() + ' backend of $PACKAGE works on Node ' + process.versions.node);
"
