#!/usr/bin/env node
require('../dist/sipid/main.js');
