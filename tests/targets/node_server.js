// A Node server that logs its own truth: node_server.js LOG
// Speaks the line protocol of line_server.h; the log's format is described in truth.h. Node 20 has no clock of a
// thread's CPU, and the process's counts V8's helper threads as well: so the CPU of a block is at most the process's
// and at most its length without the time it waited for a CPU.
'use strict';
const child = require('child_process');
const fs = require('fs');
const net = require('net');

const log = fs.openSync(process.argv[2], 'a');
const schedstat = fs.openSync('/proc/thread-self/schedstat', 'r');
const zero = fs.openSync('/dev/zero', 'r');
const kernelChunk = Buffer.alloc(1 << 20);
const statText = Buffer.alloc(96);
const neverNotified = new Int32Array(new SharedArrayBuffer(4));
const mixedSlice = 700000n;

const wallNow = () => process.hrtime.bigint();

function cpuNow() {
  const usage = process.cpuUsage();
  return BigInt(usage.user + usage.system) * 1000n;
}

function runqueueNow() {
  const size = fs.readSync(schedstat, statText, 0, statText.length, 0);
  return BigInt(statText.toString('latin1', 0, size).split(' ')[1]);
}

function sleep(ns) {
  Atomics.wait(neverNotified, 0, 0, Number(ns) / 1e6);
}

function spin(ns) {
  const end = wallNow() + ns;
  while (wallNow() < end);
}

// Kernel CPU without sleeping: the kernel clears a buffer, 50 us and more a call.
function spinInKernel(ns) {
  const end = wallNow() + ns;
  while (wallNow() < end) fs.readSync(zero, kernelChunk, 0, kernelChunk.length, null);
}

// Half user, half kernel, in slices whose length has no common measure with a 1 ms sampling clock.
function mixed(ns) {
  const end = wallNow() + ns;
  let user = 0n;
  while (wallNow() < end) {
    const waited = runqueueNow(), began = wallNow();
    spin(mixedSlice);
    user += wallNow() - began - (runqueueNow() - waited);
    spinInKernel(mixedSlice);
  }
  return user;
}

// spawnSync runs a second libuv loop inside the handler, with an epoll descriptor of its own.
function loop(ns) {
  child.spawnSync('sleep', [String(Number(ns) / 1e9)]);
}

const kinds = {sleep, spin, mixed, loop};

function block(kind, ns) {
  const runqueue = runqueueNow(), cpu = cpuNow(), start = wallNow();
  const user = kinds[kind](ns);
  const end = wallNow(), processCpu = cpuNow() - cpu, waited = runqueueNow() - runqueue;
  const onCpuAtMost = end - start - waited;
  const threadCpu = processCpu < onCpuAtMost ? processCpu : onCpuAtMost;
  fs.writeSync(log, [kind, process.pid, start, end, threadCpu, waited, user ?? -1].join(' ') + '\n');
}

function run(line) {
  const words = line.split(' ');
  if (words[0] === 'quit') setImmediate(() => process.exit(0));
  if (words[0] === 'block') block(words[1], BigInt(words[2]));
}

// The first call of each is slow (compiling); the log should hold what the blocks are, not what their start-up is.
for (const kind of ['sleep', 'spin', 'mixed']) kinds[kind](1000000n);
cpuNow();

const server = net.createServer({noDelay: true}, (socket) => {
  socket.on('error', () => {});
  socket.on('data', (data) => {
    for (const line of data.toString('latin1').split('\n')) {
      if (!line) continue;
      run(line);
      socket.write('ok\n');
    }
  });
});
server.listen(0, '127.0.0.1', () => console.log('port', server.address().port));
