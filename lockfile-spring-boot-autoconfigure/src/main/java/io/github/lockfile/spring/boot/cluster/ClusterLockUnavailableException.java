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

package io.github.lockfile.spring.boot.cluster;

import java.io.Serial;

import io.github.lockfile.spring.boot.failure.ExitCodes;

/**
 * The database cannot be reached, or cannot guard the lock.
 */
final class ClusterLockUnavailableException extends ClusterLockException {

	@Serial
	private static final long serialVersionUID = 1L;

	private final String reason;

	private final boolean passing;

	private ClusterLockUnavailableException(String database, String reason, boolean passing, String remedy) {
		super("%s cannot guard the cluster lock: %s".formatted(database, reason), ExitCodes.UNUSABLE_DATABASE, remedy);
		this.reason = reason;
		this.passing = passing;
	}

	/**
	 * A failure that may pass, such as a server that is not up.
	 * @param database the database, for people
	 * @param reason what was found
	 * @return the exception
	 */
	static ClusterLockUnavailableException passing(String database, String reason) {
		return new ClusterLockUnavailableException(database, reason, true,
				"See that the database is up, can be written to, and lets this user in; or wait for it with "
						+ "'lockfile.timeout'; or set 'lockfile.cluster.url'.");
	}

	/**
	 * A failure that stays until somebody acts.
	 * @param database the database, for people
	 * @param reason what was found
	 * @param remedy what to do
	 * @return the exception
	 */
	static ClusterLockUnavailableException unfit(String database, String reason, String remedy) {
		return new ClusterLockUnavailableException(database, reason, false, remedy);
	}

	String reason() {
		return this.reason;
	}

	boolean isPassing() {
		return this.passing;
	}

}
