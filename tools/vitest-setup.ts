import './require-node.mjs';

export function setup(): void {}
