/** Text of one line that neither begins HTML nor ends a cell of a table. */
export function words(text: string): string {
  return text.replaceAll(/[<|]/g, '\\$&').replaceAll(/\s*\n\s*/g, ' ');
}

/** The same as code, of which Markdown changes nothing but what ends a cell of a table. */
export function code(text: string): string {
  return `\`${text.replaceAll('|', '\\|').replaceAll('`', "'")}\``;
}
