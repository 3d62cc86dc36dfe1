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

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.mock.env.MockEnvironment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class ApplicationNameTests {

	private final MockEnvironment environment = new MockEnvironment();

	@Test
	void isTheConfiguredOne() {
		this.environment.setProperty("spring.application.name", "shop/orders");
		assertThat(name(new SpringApplication(Shop.class)).fileName(".lock")).isEqualTo("shop%2Forders.lock");
	}

	@Test
	void isThatOfTheApplicationClassAndNotOfWhateverIsOnTheStack() throws Exception {
		String name = getClass().getName() + "$Shop";
		assertThat(name(new SpringApplication(Helper.class, Shop.class)).value()).isEqualTo(name);
		List<String> elsewhere = new ArrayList<>();
		Thread thread = new Thread(() -> elsewhere.add(name(new SpringApplication(Shop.class)).value()));
		thread.start();
		thread.join();
		assertThat(elsewhere).containsExactly(name);
	}

	@Test
	void isThatOfTheFirstSourceOtherwise() {
		assertThat(name(new SpringApplication(Helper.class)).value()).isEqualTo(Helper.class.getName());
		SpringApplication application = new SpringApplication();
		application.getSources().add("com.example.shop");
		assertThat(name(application).value()).isEqualTo("com.example.shop");
	}

	@Test
	void isRequired() {
		assertThatExceptionOfType(InvalidConfigurationPropertyValueException.class)
			.isThrownBy(() -> name(new SpringApplication()))
			.withMessageContaining("It has no default");
	}

	@ParameterizedTest
	@ValueSource(strings = { "${nowhere}", "shop-${random.uuid}", "shop-%i", "$SHOP", "'shop'" })
	void isMeantAsItIsWritten(String name) {
		this.environment.setProperty("spring.application.name", name);
		assertThatExceptionOfType(InvalidConfigurationPropertyValueException.class)
			.isThrownBy(() -> name(new SpringApplication(Shop.class)))
			.withMessageContaining("The lock is named after it");
	}

	@ParameterizedTest
	@ValueSource(strings = { "Bob's Shop", "100% Shop", "US$ to EUR", "shop/orders", "C# Shop", "shop {blue}" })
	void mayHaveAnyCharacter(String name) {
		this.environment.setProperty("spring.application.name", name);
		assertThat(name(new SpringApplication(Shop.class)).value()).isEqualTo(name);
	}

	@ParameterizedTest
	@ValueSource(strings = { "a", "単" })
	void isShortenedToWhatFileSystemsTakeAndStillTold(String letter, @TempDir Path directory) throws IOException {
		for (int length = 1; length < 300; length++) {
			Path first = directory.resolve(new ApplicationName(letter.repeat(length) + "1").fileName(".lock"));
			Path second = directory.resolve(new ApplicationName(letter.repeat(length) + "2").fileName(".lock"));
			assertThat(first.getFileName().toString()).hasSizeLessThanOrEqualTo(143);
			assertThat(Files.createFile(first)).isNotEqualTo(Files.createFile(second));
		}
		assertThat(new ApplicationName("a".repeat(138)).fileName(".lock")).isEqualTo("a".repeat(138) + ".lock");
	}

	private ApplicationName name(SpringApplication application) {
		return ApplicationName.of(application, this.environment);
	}

	@SpringBootConfiguration
	static class Shop {

	}

	static class Helper {

	}

}
