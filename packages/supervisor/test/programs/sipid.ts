import '../../src/sipid/main.js';
