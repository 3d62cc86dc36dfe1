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

package io.github.lockfile.spring.boot.autoconfigure;

import java.time.Instant;

import io.github.lockfile.LockFile;
import io.github.lockfile.Verification;
import io.github.lockfile.Verification.Status;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.endpoint.OperationResponseBody;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;

/**
 * Shows the lock file.
 */
@Endpoint(id = "lockfile")
final class LockFileEndpoint {

	private final ObjectProvider<LockFileWatch> watch;

	LockFileEndpoint(ObjectProvider<LockFileWatch> watch) {
		this.watch = watch;
	}

	@ReadOperation
	@Nullable LockFileDescriptor lockFile() {
		LockFileWatch watch = this.watch.getIfAvailable();
		return (watch != null) ? LockFileDescriptor.of(watch.lock(), watch.last()) : null;
	}

	record LockFileDescriptor(String path, String content, Status status, @Nullable String reason, Instant acquiredAt,
			Instant verifiedAt) implements OperationResponseBody {

		private static LockFileDescriptor of(LockFile lock, Verification verification) {
			return new LockFileDescriptor(lock.path().toString(), lock.content(), verification.status(),
					verification.reason().isEmpty() ? null : verification.reason(), lock.acquiredAt(),
					verification.verifiedAt());
		}

	}

}
