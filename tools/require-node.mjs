// Import this before anything that needs a recent Node. It parses on Node 12 and newer.
if (Number(process.versions.node.split('.')[0]) < 24) {
  process.stderr.write(
    'Millrace needs Node 24; start it with `npx nx run bench` or `npm test` after `npm ci`, ' +
      'which bring Node 24 from npm, or with your own Node 24 or newer.\n',
  );
  process.exit(1);
}
