export { type Drawing, type Listing, printList, redrawList, redrawView } from './drawing.ts';
export { fieldLines } from './fields.ts';
export { formatData, type OutputFormat, outputOption } from './format.ts';
export { type Column, tableLines } from './table.ts';
