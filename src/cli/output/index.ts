export { type Listing, printList, redrawList, redrawView } from './drawing.ts';
export { fieldLines } from './fields.ts';
export { formatData, type OutputFormat, outputOption } from './format.ts';
