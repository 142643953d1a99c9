// Time-outs for machines that many tests share; package.json has Jest's.
export default { test: { testTimeout: 60_000 } };
