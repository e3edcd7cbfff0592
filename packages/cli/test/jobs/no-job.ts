export default { name: 'I am no job' };
