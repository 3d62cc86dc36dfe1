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

import io.github.lockfile.spring.boot.failure.StartRefusedException;

/**
 * The cluster lock was not acquired. Has no cause: a driver's exception may quote the URL
 * with the password in it, and a stack trace prints all causes.
 */
abstract sealed class ClusterLockException extends StartRefusedException
		permits ClusterLockHeldException, ClusterLockUnavailableException {

	@Serial
	private static final long serialVersionUID = 1L;

	ClusterLockException(String message, int exitCode, String remedy) {
		super(message, message + ".", remedy, exitCode, null);
	}

}
