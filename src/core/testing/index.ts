export { codeOf, codeOfLate, refusalOf, refusalOfLate } from './refusals.ts';
