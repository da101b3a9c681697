export {
  refuseDifferences,
  refuseFailingTests,
  runPolicyTests,
  type TableReport,
  type TestedMesh,
} from './run-tests.ts';
