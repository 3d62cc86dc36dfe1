/*
 * Copyright 2026 the original author or authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *      https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

package io.github.lockfile.spring.boot.startup;

/**
 * What to do, for the person who is paged, and where to read more.
 */
final class Runbook {

	static final String LOST = "Another instance may be running: stop one of the two. " + at("lost");

	static final String DOUBT = "Nothing says that the lock is lost, and it is looked at again; if this stays, remove the "
			+ "obstacle, but do not delete the file. " + at("doubt");

	static final String REPAIRED = "Find out what deletes, replaces or writes to the file, since another instance can "
			+ "start in such a moment. " + at("repaired");

	static final String RELEASED = "Stop this instance, and do not close the bean 'lockFile'. " + at("released");

	static final String FENCED = "It must do no work until the lock is held again: see whether the database is up and "
			+ "can be reached from here. " + at("fenced");

	static final String LOST_IN_CLUSTER = "Another instance has it: stop this one, if 'lockfile.on-lost=shutdown' does not. "
			+ at("lost-in-the-cluster");

	static final String UNWATCHED = "It is tried again; if this stays, restart the instance. " + at("not-verified");

	private Runbook() {
	}

	private static String at(String anchor) {
		return "See https://github.com/lockfile/lockfile/blob/main/docs/troubleshooting.md#" + anchor;
	}

}
