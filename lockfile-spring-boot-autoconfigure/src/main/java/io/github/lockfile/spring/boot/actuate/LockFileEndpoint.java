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

package io.github.lockfile.spring.boot.actuate;

import java.time.Instant;

import io.github.lockfile.LockFile;
import io.github.lockfile.Verification;
import io.github.lockfile.spring.boot.watch.LiveLock;
import io.github.lockfile.spring.boot.watch.LockFileWatch;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.boot.actuate.endpoint.OperationResponseBody;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;

/**
 * Endpoint that shows the lock file. What it shows is the result of the last
 * verification: it touches no file.
 *
 * @since 0.1.0
 */
@Endpoint(id = "lockfile")
public class LockFileEndpoint {

	private final BeanFactory beanFactory;

	/**
	 * Creates an endpoint.
	 * @param beanFactory the bean factory of the context whose lock is shown, or that of
	 * its parents
	 */
	public LockFileEndpoint(BeanFactory beanFactory) {
		this.beanFactory = beanFactory;
	}

	/**
	 * Shows the lock file.
	 * @return what is known of it; the status is {@code DISABLED} if no lock is taken
	 */
	@ReadOperation
	public LockFileDescriptor lockFile() {
		LockFileWatch watch = LiveLock.find(this.beanFactory);
		return (watch != null) ? LockFileDescriptor.of(watch) : LockFileDescriptor.DISABLED;
	}

	/**
	 * What is known of the lock file.
	 *
	 * @param path the absolute path
	 * @param content what this application recorded
	 * @param status {@code DISABLED}, or one of {@link Verification.Status}
	 * @param reason what the last verification found, unless all is well
	 * @param acquiredAt when the lock was acquired
	 * @param verifiedAt when the last verification ended
	 * @param lastRepair the last repair; not there if nothing has been repaired
	 * @param nativeLock whether the lock is a native one
	 * @param whyNotNative why it is not
	 * @param cluster the cluster lock; not there if none is taken
	 */
	public record LockFileDescriptor(@Nullable String path, @Nullable String content, String status,
			@Nullable String reason, @Nullable Instant acquiredAt, @Nullable Instant verifiedAt,
			@Nullable RepairDescriptor lastRepair, @Nullable Boolean nativeLock, @Nullable String whyNotNative,
			@Nullable ClusterLockDescriptor cluster) implements OperationResponseBody {

		private static final LockFileDescriptor DISABLED = new LockFileDescriptor(null, null, "DISABLED",
				"No lock has been taken, see 'lockfile.enabled'", null, null, null, null, null, null);

		private static LockFileDescriptor of(LockFileWatch watch) {
			LockFile lock = watch.lockFile();
			Verification verification = watch.verification();
			return new LockFileDescriptor(lock.path().toString(), lock.content(), verification.status().name(),
					verification.reason().isEmpty() ? null : verification.reason(), lock.acquiredAt(),
					verification.verifiedAt(), RepairDescriptor.of(watch.lastRepair()), lock.isNative(),
					lock.isNative() ? null : lock.whyNotNative(),
					watch.isClustered() ? ClusterLockDescriptor.of(watch) : null);
		}

	}

	/**
	 * A repair of the lock file.
	 *
	 * @param repairedAt when it was repaired
	 * @param reason what was wrong
	 */
	public record RepairDescriptor(Instant repairedAt, String reason) {

		private static @Nullable RepairDescriptor of(@Nullable Verification repair) {
			return (repair != null) ? new RepairDescriptor(repair.verifiedAt(), repair.reason()) : null;
		}

	}

}
