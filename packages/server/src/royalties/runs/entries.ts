import { idOfLabel } from '../../ids.ts'
