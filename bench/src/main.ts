console.log(
  `millrace bench: nothing to measure yet (Node ${process.version}) ${process.argv.slice(2).join(' ')}`.trim(),
);
