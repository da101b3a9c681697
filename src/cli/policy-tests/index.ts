export { refuseDifferences, refuseFailingTests, runPolicyTests } from './run-tests.ts';
