// Behind `npm start` and `npm test`: installs and builds what is missing, then runs the command.
// This file alone has to be understood by an old Node, so it is written for one.
const NEEDED = [20, 19];
const found = process.versions.node.split('.').map(Number);

if (found[0] < NEEDED[0] || (found[0] === NEEDED[0] && found[1] < NEEDED[1])) {
  console.error('Node 20.19 or newer is needed, this is ' + process.versions.node + '.');
  process.exitCode = 1;
} else {
  import('./bootstrap/run.mjs').then(function (run) {
    return run.run(process.argv.slice(2));
  });
}
