// What a bare Piscina round trip calls.
export default () => 0;
